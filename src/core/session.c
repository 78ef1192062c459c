/* SPDX-License-Identifier: MIT */
/* The one session of a process, and the devices that it found at its start. */
#include "core/session.h"

#include "base/atomics.h"
#include "base/log.h"

#include <string.h>

#define HANDLE_INDEX_BITS 17 /* 131072 handles; a value is 28 bits, shifted left by 2 */
#define HANDLE_GENERATION_BITS 11
#define KMT_INDEX_BITS 15 /* a number has 24 free bits */
#define KMT_GENERATION_BITS 9

static struct session the_session;
static pthread_once_t session_once = PTHREAD_ONCE_INIT;

_Atomic(void *) core_in_process;

static bool is_only_core(void)
{
    void *first = NULL;
    if (cas_acq_rel(&core_in_process, &first, &the_session))
        return true;
    log_line(LOG_ERROR, "session",
             "this process has loaded two copies of libisthmus; the second "
             "offers no device: link against one of them only");
    return false;
}

static void session_start(void)
{
    struct session *s = &the_session;
    slotmap_init(&s->handles, HANDLE_INDEX_BITS, HANDLE_GENERATION_BITS);
    slotmap_init(&s->kmts, KMT_INDEX_BITS, KMT_GENERATION_BITS);
    pthread_mutex_init(&s->names_lock, NULL);
    list_init(&s->names);
    if (is_only_core())
        s->device_count = device_probe(s->devices, SESSION_MAX_DEVICES);
}

struct session *session_default(void)
{
    pthread_once(&session_once, session_start);
    return &the_session;
}

struct device *device_by_luid(struct session *session, const unsigned char luid[8])
{
    for (unsigned i = 0; i < session->device_count; i++)
        if (memcmp(session->devices[i]->luid, luid, sizeof(session->devices[i]->luid)) == 0)
            return session->devices[i];
    return NULL;
}
