/* SPDX-License-Identifier: MIT */
/* Patterns of every length over linear memory, aligned or not. */
#include "unit/device/nvidia/nv_pair.h"

TEST(buffers_take_patterns_of_every_length_anywhere)
{
    struct nv_rig rig = nv_rig_open();
    struct layout_request shape = {.dimension = DIMENSION_BUFFER, .width = 700};
    struct pair pair = pair_new(&rig, &shape);
    for (unsigned bytes = 1; bytes <= 16; bytes++) {
        for (size_t x = 0; x < 5; x++) {
            for (size_t length = 1; length < 690; length += 57) {
                struct fill fill = {.dst.x = x, .row_bytes = length, .rows = 1, .slices = 1};
                set_pattern(&fill, bytes, bytes);
                pair_fill(&rig, &pair, &fill);
            }
        }
        pair_check(&rig, &pair);
    }
    pair_end(&rig, &pair);
    nv_rig_finish(&rig);
}

TEST(pinned_memory_is_filled_in_the_streams_order)
{
    struct nv_rig rig = nv_rig_open();
    struct layout_request shape = {.dimension = DIMENSION_2D,
                                   .format = 2,
                                   .width = 13,
                                   .height = 9,
                                   .levels = 2,
                                   .slices = 2};
    struct resource r = nv_rig_staging(&rig, &shape), wanted = nv_rig_staging(&rig, &shape);
    for (unsigned bytes = 1; bytes <= 16; bytes++) {
        struct fill fill = {.dst = {.resource = &r, .level = 0, .x = 16, .y = 2},
                            .row_bytes = 160,
                            .rows = 6,
                            .slices = 2};
        set_pattern(&fill, bytes, bytes);
        CHECK_EQ(nvidia_fill(rig.stream, &fill), IST_OK);
        fill.dst.resource = &wanted;
        cpu_fill(cpu_device(), &fill);
        nv_rig_sync(&rig);
        CHECK_MEM(r.memory.base, wanted.memory.base, r.layout.size);
    }
    nv_rig_destroy(&rig, &r);
    nv_rig_destroy(&rig, &wanted);
    nv_rig_finish(&rig);
}

TEST(a_pattern_has_a_shortest_form)
{
    CHECK_EQ(nv_pattern_period((const unsigned char *)"aaaa", 4), 1);
    CHECK_EQ(nv_pattern_period((const unsigned char *)"abab", 4), 2);
    CHECK_EQ(nv_pattern_period((const unsigned char *)"abcabc", 6), 6);
    CHECK_EQ(nv_pattern_period((const unsigned char *)"abcdabcdabcdabcd", 16), 4);
    CHECK_EQ(nv_pattern_period((const unsigned char *)"abcdabcdabcd", 12), 4);
    CHECK_EQ(nv_pattern_period((const unsigned char *)"aab", 3), 3);
    CHECK_EQ(nv_pattern_period((const unsigned char *)"a", 1), 1);
}
