/* SPDX-License-Identifier: MIT */
/* The one session of a process, and the devices that it found at its start. */
#include "core/session.h"

#include "base/atomics.h"
#include "base/log.h"
#include "core/crossed.h"

#include <string.h>

#define HANDLE_INDEX_BITS 17      /* 131072 handles; a value is 27 bits, shifted left by 2 */
#define HANDLE_GENERATION_BITS 10 /* bit 29 of a value is for those that the broker gives */

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

/* Said once, in the log: names and numbers then work within the process. */
static bool is_switched_off(void)
{
    const char *wanted = getenv("ISTHMUS_BROKER");
    if (!wanted || strcmp(wanted, "off") != 0)
        return false;
    log_line(LOG_INFO, "session",
             "ISTHMUS_BROKER is off: names and numbers stay within this "
             "process");
    return true;
}

static void session_start(void)
{
    struct session *s = &the_session;
    slotmap_init(&s->handles, HANDLE_INDEX_BITS, HANDLE_GENERATION_BITS);
    pthread_mutex_init(&s->names_lock, NULL);
    s->alone = is_switched_off();
    if (is_only_core())
        s->device_count = device_probe(s->devices, SESSION_MAX_DEVICES);
    crossed_start(s);
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
