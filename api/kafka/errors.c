#include "api/kafka/errors.h"

const char *kf_error_name(int16_t code)
{
#define KF_ERROR_NAME(name, value, retriable) \
    case value:                               \
        return #name;

    switch (code) {
        KF_ERRORS(KF_ERROR_NAME)
    }
    return "UNKNOWN";
}

bool kf_error_retriable(int16_t code)
{
#define KF_ERROR_RETRIABLE(name, value, retriable) \
    case value:                                    \
        return retriable;

    switch (code) {
        KF_ERRORS(KF_ERROR_RETRIABLE)
    }
    return false;
}
