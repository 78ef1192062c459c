/* SPDX-License-Identifier: MIT */
/* Numbers of the command line. */
#include "test.h"

#include "number.h"

TEST(whole_numbers_within_limits_are_taken)
{
    uint64_t n = 5;
    CHECK(number_parse("1", 1, 10, &n));
    CHECK_EQ(n, 1);
    CHECK(number_parse("010", 1, 10, &n));
    CHECK_EQ(n, 10);
    CHECK(number_parse("18446744073709551615", 0, UINT64_MAX, &n));
    CHECK_EQ(n, UINT64_MAX);
}

TEST(everything_else_is_refused_and_leaves_the_old_value)
{
    static const char *const bad[] = {
        "", "0", "11", "-1", "+1", " 1", "1 ", "1x", "0x1", "1.0", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint64_t n = 5;
        CHECK(!number_parse(bad[i], 1, 10, &n));
        CHECK_EQ(n, 5);
    }
    uint64_t n = 5;
    CHECK(!number_parse("18446744073709551616", 0, UINT64_MAX, &n)); /* 2^64 must not wrap */
    CHECK_EQ(n, 5);
}
