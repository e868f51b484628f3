#include "api/kafka/msg/allocate_producer_ids.h"

KF_MESSAGE(allocate_producer_ids_request, KF_ALLOCATE_PRODUCER_IDS_REQUEST,
           "AllocateProducerIdsRequest", 67, 0, 0, 0)
KF_MESSAGE(allocate_producer_ids_response, KF_ALLOCATE_PRODUCER_IDS_RESPONSE,
           "AllocateProducerIdsResponse", 67, 0, 0, 0)
