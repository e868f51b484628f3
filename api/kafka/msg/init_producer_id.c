#include "api/kafka/msg/init_producer_id.h"

KF_MESSAGE(init_producer_id_request, KF_INIT_PRODUCER_ID_REQUEST, "InitProducerIdRequest", 22, 0,
           6, 2)
KF_MESSAGE(init_producer_id_response, KF_INIT_PRODUCER_ID_RESPONSE, "InitProducerIdResponse", 22,
           0, 6, 2)
