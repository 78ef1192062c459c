/* SPDX-License-Identifier: MIT */
/* Copies against a reference that goes byte by byte: random boxes, overlaps, all the rest. */
#include "device/cpu/cpu.h"
#include "unit/core/rig.h"

#define ARENA 40000

/* One thread: ThreadSanitizer has nothing to find here, and takes fifty times as long. */
enum {
    BOXES = TEST_THREAD_SANITIZER ? 300 : 3000,
    OVERLAPS = TEST_THREAD_SANITIZER ? 500 : 5000
};

static unsigned char arena[ARENA], wanted[ARENA], before[ARENA];

static void shuffle_bytes(uint64_t *seed)
{
    for (size_t i = 0; i < ARENA; i++)
        before[i] = (unsigned char)rig_random(seed);
    memcpy(arena, before, ARENA);
    memcpy(wanted, before, ARENA);
}

/* What the copy means: all is read as it was before. */
static void copy_slowly(const struct copy *c, size_t dst, size_t src)
{
    for (size_t z = 0; z < c->slices; z++)
        for (size_t y = 0; y < c->rows; y++)
            for (size_t x = 0; x < c->row_bytes; x++)
                wanted[dst + z * c->dst.slice_pitch + y * c->dst.row_pitch + x] =
                    before[src + z * c->src.slice_pitch + y * c->src.row_pitch + x];
}

static struct place place_at(size_t offset, size_t row_pitch, size_t slice_pitch)
{
    return (struct place){.memory = arena + offset,
                          .row_pitch = row_pitch,
                          .slice_pitch = slice_pitch};
}

static size_t span(const struct copy *c, const struct place *p)
{
    return (c->slices - 1) * p->slice_pitch + (c->rows - 1) * p->row_pitch + c->row_bytes;
}

static void check_copy(struct copy *c, size_t dst, size_t src)
{
    c->dst.memory = arena + dst;
    c->src.memory = arena + src;
    memcpy(arena, before, ARENA);
    memcpy(wanted, before, ARENA);
    copy_slowly(c, dst, src);
    cpu_copy(cpu_device(), c);
    CHECK_MEM(arena, wanted, ARENA);
}

/* Pitches that let rows of one side never overlap each other. */
static struct copy random_box(uint64_t *seed)
{
    struct copy c = {.row_bytes = 1 + rig_random(seed) % 60,
                     .rows = 1 + rig_random(seed) % 8,
                     .slices = 1 + rig_random(seed) % 4};
    size_t row[2], slice[2];
    for (int i = 0; i < 2; i++) {
        row[i] = c.row_bytes + (rig_random(seed) % 3 ? rig_random(seed) % 20 : 0);
        slice[i] = row[i] * c.rows + (rig_random(seed) % 3 ? rig_random(seed) % 50 : 0);
    }
    c.dst = place_at(0, row[0], slice[0]);
    c.src = place_at(0, row[1], slice[1]);
    return c;
}

TEST(random_boxes_apart)
{
    uint64_t seed = 1;
    shuffle_bytes(&seed);
    for (int i = 0; i < BOXES; i++) {
        struct copy c = random_box(&seed);
        check_copy(&c, rig_random(&seed) % 1000, ARENA / 2 + rig_random(&seed) % 1000);
    }
}

TEST(random_boxes_that_overlap_themselves)
{
    uint64_t seed = 2;
    shuffle_bytes(&seed);
    for (int i = 0; i < OVERLAPS; i++) {
        struct copy c = random_box(&seed);
        size_t base = 5000 + rig_random(&seed) % 100;
        check_copy(&c, base + rig_random(&seed) % 400, base + rig_random(&seed) % 400);
    }
}

TEST(boxes_of_equal_pitches_shift_by_any_distance)
{
    uint64_t seed = 3;
    shuffle_bytes(&seed);
    for (int distance = -300; distance <= 300; distance++) {
        struct copy c = {.row_bytes = 50, .rows = 5, .slices = 3};
        c.dst = place_at(0, 64, 320);
        c.src = c.dst;
        check_copy(&c, (size_t)(5000 + distance), 5000);
    }
}

TEST(rows_are_packed_and_unpacked_in_place)
{
    uint64_t seed = 4;
    shuffle_bytes(&seed);
    struct copy c = {.row_bytes = 48, .rows = 20, .slices = 2};
    c.dst = place_at(0, 64, 64 * 20);
    c.src = place_at(0, 48, 48 * 20);
    check_copy(&c, 5000, 5000);
    struct place swap = c.dst;
    c.dst = c.src;
    c.src = swap;
    check_copy(&c, 5000, 5000);
}

TEST(empty_boxes_touch_nothing)
{
    uint64_t seed = 5;
    shuffle_bytes(&seed);
    for (int i = 0; i < 3; i++) {
        struct copy c = {.row_bytes = i != 0, .rows = i != 1, .slices = i != 2};
        cpu_copy(cpu_device(), &c); /* NULL on both sides */
        CHECK(span(&(struct copy){.row_bytes = 1, .rows = 1, .slices = 1}, &c.dst) == 1);
    }
    CHECK_MEM(arena, before, ARENA);
}

/* A whole texture to another one with other pitches and back: every texel of every level. */
static struct resource *texture(uint32_t row_align, enum dimension dimension)
{
    struct resource_desc desc = {
        .shape = {.dimension = dimension,
                  .format = 28,
                  .width = 37,
                  .height = 19,
                  .depth = dimension == DIMENSION_3D ? 6 : 1,
                  .slices = dimension == DIMENSION_3D ? 1 : 4,
                  .row_align = row_align},
    };
    struct resource *r = NULL;
    CHECK_EQ(resource_create(rig_session(), rig_device(), &desc, HOLDER_COM, &r), IST_OK);
    return r;
}

static void copy_all_levels(struct resource *dst, struct resource *src)
{
    for (uint32_t i = 0; i < src->layout.levels; i++) {
        const struct layout_level *level = &src->layout.level[i];
        struct copy c = {.dst = {.resource = dst, .level = i},
                         .src = {.resource = src, .level = i},
                         .row_bytes = level->row_bytes,
                         .rows = level->rows,
                         .slices = level->depth * src->layout.slices};
        cpu_copy(cpu_device(), &c);
    }
}

static void check_round_trip(enum dimension dimension)
{
    uint64_t seed = 6;
    struct resource *a = texture(64, dimension), *b = texture(1, dimension),
                    *c = texture(64, dimension);
    for (uint32_t s = 0; s < a->layout.slices; s++)
        for (uint32_t i = 0; i < a->layout.levels; i++) {
            const struct layout_level *level = &a->layout.level[i];
            for (size_t y = 0; y < level->rows * level->depth; y++)
                for (size_t x = 0; x < level->row_bytes; x++)
                    resource_address(a, i, s)[y * level->row_pitch + x] =
                        (unsigned char)rig_random(&seed);
        }
    copy_all_levels(b, a);
    copy_all_levels(c, b);
    CHECK(memcmp(a->memory.base, b->memory.base, b->layout.size) != 0);
    CHECK_MEM(c->memory.base, a->memory.base, a->layout.size);
    rig_drop(&a->object);
    rig_drop(&b->object);
    rig_drop(&c->object);
}

TEST(textures_survive_a_round_trip_through_another_layout)
{
    check_round_trip(DIMENSION_2D);
    check_round_trip(DIMENSION_3D);
}
