/* SPDX-License-Identifier: MIT */
/* The session: one for the process, with its devices, whoever comes first. */
#include "unit/core/rig.h"

static void *ask(void *unused)
{
    (void)unused;
    return session_default();
}

TEST(there_is_one_session)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = rig_start(ask, NULL);
    for (int i = 0; i < 4; i++) {
        void *found;
        CHECK_EQ(pthread_join(threads[i], &found), 0);
        CHECK_PTR_EQ(found, session_default());
    }
}

TEST(it_found_the_cpu_device)
{
    struct session *s = session_default();
    CHECK_EQ(s->device_count, 1);
    CHECK_STR(s->devices[0]->ops->name, "cpu");
    CHECK_PTR_EQ(device_by_luid(s, s->devices[0]->luid), s->devices[0]);
}

TEST(an_unknown_luid_is_nobody)
{
    const unsigned char none[8] = {0};
    CHECK_PTR_EQ(device_by_luid(session_default(), none), NULL);
}
