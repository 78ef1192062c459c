/* SPDX-License-Identifier: MIT */
/* Pictures: which sizes there may be, and what a refusal leaves. */
#include "capture.h"

#include "picture.h"

TEST(a_new_picture_is_transparent_black)
{
    struct picture p = {0};
    CHECK(picture_init("a test", 3, 2, &p));
    static const unsigned char zeros[24];
    CHECK_EQ(picture_pitch(&p), 12);
    CHECK_EQ(picture_size(&p), 24);
    CHECK_MEM(p.pixels, zeros, sizeof(zeros));
    picture_finish(&p);
    CHECK_PTR_EQ(p.pixels, NULL);
    picture_finish(&p); /* twice does no harm */
}

TEST(sizes_out_of_range_are_refused_in_one_sentence)
{
    static const uint64_t sizes[][2] = {
        {0, 1}, {1, 0}, {16385, 1}, {1, 16385}, {UINT64_MAX, UINT64_MAX}, {1ull << 32, 1}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct picture p = {.width = 77};
        struct capture c = capture_start();
        bool made = picture_init("a test", sizes[i][0], sizes[i][1], &p);
        capture_end(&c);
        CHECK(!made);
        CHECK(capture_is_one_line(&c));
        CHECK(strstr(c.text, "a test would be") != NULL);
        CHECK_EQ(p.width, 77);
    }
}
