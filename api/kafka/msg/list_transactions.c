#include "api/kafka/msg/list_transactions.h"

KF_MESSAGE(list_transactions_request, KF_LIST_TRANSACTIONS_REQUEST, "ListTransactionsRequest", 66,
           0, 2, 0)
KF_NESTED(list_transactions_response_transaction_state,
          KF_LIST_TRANSACTIONS_RESPONSE_TRANSACTION_STATE, "TransactionState")
KF_MESSAGE(list_transactions_response, KF_LIST_TRANSACTIONS_RESPONSE, "ListTransactionsResponse",
           66, 0, 2, 0)
