#include "broker/server/apis.h"

#include "api/kafka/codec.h"

#define API_ROW(key, name, min, max, flexible, broker, controller, forwarded) \
    [key] = { #name, min, max, flexible, true, broker, controller, forwarded },
static const struct api_info table[API_KEYS] = { API_LIST(API_ROW) };

const struct api_info *api_info(int16_t key)
{
    return key >= 0 && key < API_KEYS && table[key].known ? &table[key] : NULL;
}
