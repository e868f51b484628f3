#include "common/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/invariant.h"

#define ERR_TEXT(name, text) [ERR_##name] = text,
#define ERR_NAME(name, text) [ERR_##name] = #name,
static const char *const texts[] = { ERR_LIST(ERR_TEXT) };
static const char *const names[] = { ERR_LIST(ERR_NAME) };

#define ERR_COUNT (sizeof(texts) / sizeof(texts[0]))

const char *err_text(err_t e)
{
    INVARIANT((unsigned)e < ERR_COUNT);
    return texts[e];
}

const char *err_name(err_t e)
{
    INVARIANT((unsigned)e < ERR_COUNT);
    return names[e];
}

err_t err_from_errno(int error)
{
    switch (error) {
    case 0:
        return ERR_OK;
    case ENOMEM:
        return ERR_NOMEM;
    case ENOSPC:
    case EDQUOT:
        return ERR_NO_SPACE;
    case ENOENT:
        return ERR_NOT_FOUND;
    case EEXIST:
        return ERR_EXISTS;
    case EAGAIN:
        return ERR_AGAIN;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return ERR_UNREACHABLE;
    case ECONNRESET:
    case EPIPE:
        return ERR_CLOSED;
    default:
        return ERR_IO;
    }
}

err_t why(struct why *reterr, err_t e, const char *format, ...)
{
    va_list args;

    if (!reterr)
        return e;
    va_start(args, format);
    vsnprintf(reterr->text, sizeof(reterr->text), format, args);
    va_end(args);
    return e;
}
