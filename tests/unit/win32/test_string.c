/* SPDX-License-Identifier: MIT */
/* WCHAR names and UTF-8 names are the same names. */
#include "win32_rig.h"

WIN32_RIG_HOOKS

/* An event that is made with the wide name is found under the UTF-8 one. */
static void check_same(const WCHAR *wide, const char *utf8)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, wide);
    CHECK(event != NULL);
    HANDLE found = OpenEventA(EVENT_ALL_ACCESS, FALSE, utf8);
    CHECK(found != NULL);
    CHECK(CompareObjectHandles(event, found));
    CHECK(CloseHandle(event));
    CHECK(CloseHandle(found));
}

TEST(each_length_of_utf8)
{
    check_same(L"a\x7f", "a\x7f");
    check_same(L"\x80\x7ff", "\xc2\x80\xdf\xbf");
    check_same(L"\x800\xd7ff\xe000\xffff", "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf");
    check_same(L"\x10000\x10ffff", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

TEST(surrogate_pair_is_one_character)
{
    static const WCHAR pair[] = {0xd83d, 0xde00, 'x', 0}; /* U+1F600 */
    static const WCHAR ends[] = {0xd800, 0xdc00, 0xdbff, 0xdfff, 0};
    check_same(pair, "\xf0\x9f\x98\x80x");
    check_same(L"\x1f600x", "\xf0\x9f\x98\x80x");
    check_same(ends, "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

TEST(half_a_pair_and_no_character_are_refused)
{
    static const WCHAR bad[][3] = {
        {0xd83d, 0}, {0xde00, 0}, {0xde00, 0xd83d, 0}, {0xd83d, 'x', 0}, {0x110000, 0}, {-1, 0},
    };
    for (size_t i = 0; i < ARRAYSIZE(bad); i++) {
        CHECK_FAILS(CreateEventW(NULL, TRUE, FALSE, bad[i]), ERROR_INVALID_NAME);
        CHECK_FAILS(OpenEventW(EVENT_ALL_ACCESS, FALSE, bad[i]), ERROR_INVALID_NAME);
    }
}

TEST(name_without_an_end_is_read_no_further_than_it_must)
{
    WCHAR endless[400]; /* and no terminator: the sanitizer sees whoever reads on */
    char bytes[2000];
    for (size_t i = 0; i < ARRAYSIZE(endless); i++)
        endless[i] = 'x';
    memset(bytes, 'x', sizeof(bytes));
    CHECK_FAILS(CreateEventW(NULL, TRUE, FALSE, endless), ERROR_FILENAME_EXCED_RANGE);
    CHECK_FAILS(CreateEventA(NULL, TRUE, FALSE, bytes), ERROR_FILENAME_EXCED_RANGE);
}

TEST(longest_name_is_the_same_in_both_forms)
{
    WCHAR wide[MAX_PATH + 1];
    char utf8[2 * MAX_PATH + 1];
    for (size_t i = 0; i < MAX_PATH; i++) {
        wide[i] = 0xe9;
        memcpy(utf8 + 2 * i, "\xc3\xa9", 2);
    }
    wide[MAX_PATH] = 0;
    utf8[sizeof(utf8) - 1] = 0;
    check_same(wide, utf8);
}
