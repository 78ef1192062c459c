/* SPDX-License-Identifier: MIT */
/*
 * The land and the sea of the test picture: a height for every pixel, made of a plain outline
 * and noise of several sizes, then a colour for every height. Places are in 1/16 of a pixel of
 * the reference picture, which is 1080 rows high; other sizes see the same map.
 */
#include "scene.h"

#include "report.h"
#include "scene_objects.h"

#include <stdlib.h>

#define HEIGHT_OF_REFERENCE 1080
#define NOISE_LEVELS 6
#define COARSEST_SHIFT 13 /* the largest hills are 2^13 / 16 = 512 pixels apart */
#define SEED 33           /* of those tried, the one with the best coast */

/* Heights are four times as fine as places, or slopes would come in visible steps. */
#define UP(pixels) ((pixels)*64)
#define BEACH UP(8)
#define WOODS UP(60)
#define ROCKS UP(130)
#define SNOW UP(190)
#define DEEP UP(240)
#define DEPTH_LINE UP(24) /* the sea gets one tone darker each 24 pixels down */

/* A well mixed number for a place of the lattice; any good integer hash does. */
static uint32_t lattice(int32_t x, int32_t y, uint32_t seed)
{
    uint32_t h = (uint32_t)x * 0x9e3779b1u ^ (uint32_t)y * 0x85ebca77u ^ seed * 0xc2b2ae3du;
    h ^= h >> 15;
    h *= 0x2c1b3c6du;
    h ^= h >> 13;
    h *= 0x297a2d39u;
    return h ^ h >> 16;
}

/* From a to b with an even start and end; t runs from 0 to 1024. */
static int32_t blend(int32_t a, int32_t b, int32_t t)
{
    int32_t smooth = t * t * (3072 - 2 * t) >> 16;
    return a + ((b - a) * smooth >> 14);
}

/* Noise with a lattice of 2^shift units: -8192 .. 8191. */
static int32_t noise(int32_t x, int32_t y, int shift, uint32_t seed)
{
    int32_t cx = x >> shift;
    int32_t cy = y >> shift;
    int32_t tx = (x & ((1 << shift) - 1)) << 10 >> shift;
    int32_t ty = (y & ((1 << shift) - 1)) << 10 >> shift;
    int32_t a = (int32_t)(lattice(cx, cy, seed) >> 18);
    int32_t b = (int32_t)(lattice(cx + 1, cy, seed) >> 18);
    int32_t c = (int32_t)(lattice(cx, cy + 1, seed) >> 18);
    int32_t d = (int32_t)(lattice(cx + 1, cy + 1, seed) >> 18);
    return blend(blend(a, b, tx), blend(c, d, tx), ty) - 8192;
}

/* Each level is half as wide and half as high as the one before. */
static int32_t terrain(int32_t x, int32_t y)
{
    int32_t sum = 0;
    for (int level = 0; level < NOISE_LEVELS; level++)
        sum += noise(x, y, COARSEST_SHIFT - level, (uint32_t)level + SEED) >> level;
    return sum;
}

static int32_t clamp(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

/*
 * The height of the land without its hills: two coasts that bend away from a narrow middle, the
 * whole a little aslant. It rises and falls ever less, and nowhere with a crease.
 */
static int32_t outline(int32_t x, int32_t y)
{
    int64_t half_width = UP(170) + (int64_t)y * y / (2 * 540);
    int64_t inside = half_width - 4 * (int64_t)abs(x - y / 3);
    int64_t limit = inside < 0 ? UP(330) : UP(150);
    return (int32_t)(inside * limit / (limit + llabs(inside)));
}

static int32_t height_at(int32_t x, int32_t y)
{
    return outline(x, y) + terrain(x, y);
}

static struct colour mix(struct colour a, struct colour b, int32_t part, int32_t whole)
{
    int32_t t = clamp((int32_t)((int64_t)part * 256 / whole), 0, 256);
    return (struct colour){a.r + ((b.r - a.r) * t >> 8), a.g + ((b.g - a.g) * t >> 8),
                           a.b + ((b.b - a.b) * t >> 8)};
}

/* Steps as on a nautical chart, softened: contour lines for the filter to find. */
static struct colour sea_colour(int32_t height)
{
    static const struct colour shallow = {96, 208, 200};
    static const struct colour deep = {10, 44, 104};
    int32_t depth = clamp(-height, 0, DEEP);
    int32_t step = depth / DEPTH_LINE * DEPTH_LINE;
    return mix(shallow, deep, (step * 2 + depth) / 3, DEEP);
}

static struct colour land_colour(int32_t height)
{
    static const struct colour sand = {236, 216, 160};
    static const struct colour meadow = {112, 164, 80};
    static const struct colour wood = {52, 104, 60};
    static const struct colour rock = {136, 116, 96};
    static const struct colour snow = {248, 248, 252};
    if (height < BEACH)
        return sand;
    if (height < WOODS)
        return mix(meadow, wood, height - BEACH, WOODS - BEACH);
    if (height < ROCKS)
        return mix(wood, rock, height - WOODS, ROCKS - WOODS);
    return mix(rock, snow, height - ROCKS, SNOW - ROCKS);
}

/* Light from the upper left: what falls to the lower right is darker. */
static struct colour lit(struct colour c, int32_t fall)
{
    int32_t light = clamp(256 + fall, 150, 330);
    return (struct colour){clamp(c.r * light >> 8, 0, 255), clamp(c.g * light >> 8, 0, 255),
                           clamp(c.b * light >> 8, 0, 255)};
}

/* One pixel: ground, then what stands on it, then a grain such as a camera adds. */
static void paint_pixel(unsigned char *out, struct place at, int32_t height, int32_t fall)
{
    struct colour c = height < 0 ? sea_colour(height) : lit(land_colour(height), fall);
    c = scene_objects_over(c, at, height < 0);
    int32_t grain = (int32_t)(lattice(at.x, at.y, 77) >> 29) - 4;
    out[0] = (unsigned char)clamp(c.r + grain, 0, 255);
    out[1] = (unsigned char)clamp(c.g + grain, 0, 255);
    out[2] = (unsigned char)clamp(c.b + grain, 0, 255);
    out[3] = 255;
}

/* The place of a pixel's middle; the middle of the picture is 0, 0. */
static int32_t place(uint32_t index, uint32_t length, uint32_t height)
{
    int64_t twice = 2 * (int64_t)index + 1 - length;
    return (int32_t)(twice * (HEIGHT_OF_REFERENCE * 16 / 2) / height);
}

static void fill_heights(int32_t *row, const struct picture *p, int32_t y)
{
    for (uint32_t x = 0; x <= p->width; x++)
        row[x] = height_at(place(x, p->width, p->height), y);
}

static void paint_row(const struct picture *p, uint32_t y, const int32_t *here,
                      const int32_t *below)
{
    unsigned char *out = p->pixels + y * picture_pitch(p);
    struct place at = {.y = place(y, p->height, p->height)};
    for (uint32_t x = 0; x < p->width; x++) {
        /* Slopes per pixel of the reference picture, however large this one is. */
        int64_t fall = (int64_t)(2 * here[x] - here[x + 1] - below[x]) * -5 / 4 * p->height;
        at.x = place(x, p->width, p->height);
        paint_pixel(out + 4 * (size_t)x, at, here[x], (int32_t)(fall / HEIGHT_OF_REFERENCE));
    }
}

bool scene_paint(struct picture *picture)
{
    size_t length = (size_t)picture->width + 1;
    _cleanup_(report_freep) int32_t *rows = calloc(2 * length, sizeof(*rows));
    if (!rows) {
        complain("there is no memory to paint a picture %u pixels wide", picture->width);
        return false;
    }
    int32_t *here = rows;
    int32_t *below = rows + length;
    struct progress progress = progress_start("rows painted", picture->height);
    fill_heights(here, picture, place(0, picture->height, picture->height));
    for (uint32_t y = 0; y < picture->height; y++) {
        fill_heights(below, picture, place(y + 1, picture->height, picture->height));
        paint_row(picture, y, here, below);
        int32_t *painted = here;
        here = below;
        below = painted;
        progress_show(&progress, y);
    }
    progress_end(&progress);
    return true;
}
