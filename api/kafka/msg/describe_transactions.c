#include "api/kafka/msg/describe_transactions.h"

KF_MESSAGE(describe_transactions_request, KF_DESCRIBE_TRANSACTIONS_REQUEST,
           "DescribeTransactionsRequest", 65, 0, 0, 0)
KF_NESTED(describe_transactions_response_topic_data, KF_DESCRIBE_TRANSACTIONS_RESPONSE_TOPIC_DATA,
          "TopicData")
KF_NESTED(describe_transactions_response_transaction_state,
          KF_DESCRIBE_TRANSACTIONS_RESPONSE_TRANSACTION_STATE, "TransactionState")
KF_MESSAGE(describe_transactions_response, KF_DESCRIBE_TRANSACTIONS_RESPONSE,
           "DescribeTransactionsResponse", 65, 0, 0, 0)
