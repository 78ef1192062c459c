/* SPDX-License-Identifier: MIT */
/* Structs that begin with their size: older and newer programs against this version. */
#include "unit/core/rig.h"

#include "api/structs.h"

struct thing {
    uint32_t struct_size, value;
};

/* What a later version might make of it. */
struct larger_thing {
    uint32_t struct_size, value, more;
};

TEST(a_size_that_is_not_set_is_refused)
{
    struct thing from = {0, 7}, to = {1, 1};
    CHECK_EQ(struct_read("thing", &from, &to, sizeof(to)), IST_BAD_ARG);
    CHECK(strstr(status_reason(), "struct_size of struct thing is 0: it must be 8") != NULL);
    CHECK_EQ(to.value, 1);
    CHECK_EQ(struct_check("thing", &from, sizeof(from)), IST_BAD_ARG);
    from.struct_size = 7;
    CHECK_EQ(struct_check("thing", &from, sizeof(from)), IST_BAD_ARG);
    from.struct_size = 8;
    CHECK_EQ(struct_check("thing", &from, sizeof(from)), IST_OK);
}

TEST(null_is_refused)
{
    struct thing to = {1, 1};
    CHECK_EQ(struct_read("thing", NULL, &to, sizeof(to)), IST_BAD_POINTER);
    CHECK_EQ(struct_check("thing", NULL, sizeof(to)), IST_BAD_POINTER);
}

TEST(a_newer_program_is_served_while_it_asks_for_nothing_new)
{
    struct larger_thing from = {sizeof(from), 7, 0};
    struct thing to = {0, 0};
    CHECK_EQ(struct_read("thing", &from, &to, sizeof(to)), IST_OK);
    CHECK_EQ(to.value, 7);
    from.more = 1;
    to.value = 0;
    CHECK_EQ(struct_read("thing", &from, &to, sizeof(to)), IST_NOT_SUPPORTED);
    CHECK(strstr(status_reason(), "at byte 8") != NULL);
    CHECK_EQ(to.value, 0);
}

TEST(what_is_written_ends_where_this_version_ends)
{
    struct larger_thing out = {sizeof(out), 1, 99};
    struct thing result = {0, 5};
    struct_write(&out, &result, sizeof(result));
    CHECK_EQ(out.struct_size, sizeof(out));
    CHECK_EQ(out.value, 5);
    CHECK_EQ(out.more, 99);
}
