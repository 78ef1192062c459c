/* SPDX-License-Identifier: MIT */
/* Fills against a reference that goes byte by byte. */
#include "device/cpu/cpu.h"
#include "unit/core/rig.h"

#define ARENA 70000

static unsigned char arena[ARENA], wanted[ARENA];

static void fill_slowly(const struct fill *f, size_t at)
{
    for (size_t z = 0; z < f->slices; z++)
        for (size_t y = 0; y < f->rows; y++)
            for (size_t x = 0; x < f->row_bytes; x++)
                wanted[at + z * f->dst.slice_pitch + y * f->dst.row_pitch + x] =
                    f->pattern[x % f->pattern_bytes];
}

static void check_fill(struct fill *f, size_t at)
{
    memset(arena, 0xcc, ARENA);
    memset(wanted, 0xcc, ARENA);
    f->dst.memory = arena + at;
    fill_slowly(f, at);
    cpu_fill(cpu_device(), f);
    CHECK_MEM(arena, wanted, ARENA);
}

static void set_pattern(struct fill *f, unsigned bytes, unsigned char first, unsigned step)
{
    f->pattern_bytes = bytes;
    for (unsigned i = 0; i < bytes; i++)
        f->pattern[i] = (unsigned char)(first + i * step);
}

TEST(random_boxes_of_every_pattern_length)
{
    uint64_t seed = 1;
    for (int i = 0; i < 1600; i++) {
        struct fill f = {.row_bytes = 1 + rig_random(&seed) % 200,
                         .rows = 1 + rig_random(&seed) % 8,
                         .slices = 1 + rig_random(&seed) % 4};
        f.dst.row_pitch = f.row_bytes + (rig_random(&seed) % 2 ? rig_random(&seed) % 40 : 0);
        f.dst.slice_pitch = f.dst.row_pitch * f.rows + rig_random(&seed) % 50;
        set_pattern(&f, 1 + (unsigned)i % 16, (unsigned char)i, rig_random(&seed) % 3);
        check_fill(&f, rig_random(&seed) % 100);
    }
}

TEST(rows_longer_than_a_step_go_on_with_the_pattern)
{
    const size_t lengths[] = {4095, 4096, 4097, 8191, 8193, 65000};
    for (unsigned bytes = 1; bytes <= 16; bytes++)
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            struct fill f = {.row_bytes = lengths[i], .rows = 1, .slices = 1};
            set_pattern(&f, bytes, 1, 1);
            check_fill(&f, 3);
        }
}

TEST(contiguous_rows_start_the_pattern_anew)
{
    struct fill f = {.row_bytes = 10, .rows = 7, .slices = 1};
    f.dst.row_pitch = 10; /* no multiple of the pattern: rows must not be joined */
    set_pattern(&f, 4, 1, 1);
    check_fill(&f, 0);
    set_pattern(&f, 5, 1, 1);
    check_fill(&f, 0);
}

TEST(a_pattern_longer_than_the_row_is_cut)
{
    struct fill f = {.row_bytes = 3, .rows = 2, .slices = 2};
    f.dst.row_pitch = 5;
    f.dst.slice_pitch = 20;
    set_pattern(&f, 16, 1, 1);
    check_fill(&f, 0);
}

TEST(empty_boxes_touch_nothing)
{
    for (int i = 0; i < 3; i++) {
        struct fill f = {.row_bytes = i != 0, .rows = i != 1, .slices = i != 2};
        set_pattern(&f, 4, 1, 1);
        cpu_fill(cpu_device(), &f);
    }
}

TEST(a_buffer_is_filled_where_it_is_named)
{
    struct resource *r = rig_buffer(100, SHARING_KMT);
    struct fill f = {.dst = {.resource = r, .x = 40}, .row_bytes = 20, .rows = 1, .slices = 1};
    set_pattern(&f, 2, 7, 1);
    cpu_fill(cpu_device(), &f);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(r->memory.base[i], i >= 40 && i < 60 ? 7 + i % 2 : 0);
    rig_drop(&r->object);
}
