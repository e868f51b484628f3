#include "api/kafka/msg/find_coordinator.h"

KF_MESSAGE(find_coordinator_request, KF_FIND_COORDINATOR_REQUEST, "FindCoordinatorRequest", 10, 0,
           6, 3)
KF_NESTED(find_coordinator_response_coordinator, KF_FIND_COORDINATOR_RESPONSE_COORDINATOR,
          "Coordinator")
KF_MESSAGE(find_coordinator_response, KF_FIND_COORDINATOR_RESPONSE, "FindCoordinatorResponse", 10,
           0, 6, 3)
