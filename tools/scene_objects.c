/* SPDX-License-Identifier: MIT */
/*
 * The shapes of the test picture: a compass rose in the western sea, a lighthouse with its
 * rings of light in the eastern one, boats with wakes, and the road that joins the two lands.
 */
#include "scene_objects.h"

#include <stdlib.h>

#define PX(pixels) ((pixels)*16)

static const struct colour white = {250, 250, 244};
static const struct colour ink = {24, 32, 56};
static const struct colour red = {204, 60, 44};

static struct colour over(struct colour ground, struct colour paint, int32_t parts_of_256)
{
    return (struct colour){ground.r + ((paint.r - ground.r) * parts_of_256 >> 8),
                           ground.g + ((paint.g - ground.g) * parts_of_256 >> 8),
                           ground.b + ((paint.b - ground.b) * parts_of_256 >> 8)};
}

static struct place seen_from(struct place at, int32_t x, int32_t y)
{
    return (struct place){at.x - PX(x), at.y - PX(y)};
}

static int64_t squared(int32_t value)
{
    return (int64_t)value * value;
}

static bool in_disc(struct place d, int32_t radius)
{
    return squared(d.x) + squared(d.y) < squared(radius);
}

static bool in_ring(struct place d, int32_t radius, int32_t width)
{
    return in_disc(d, radius) && !in_disc(d, radius - width);
}

/* A star with four points: narrow along the axes. */
static bool in_star(struct place d, int32_t reach)
{
    int32_t ax = abs(d.x);
    int32_t ay = abs(d.y);
    return ax > ay ? ax + 4 * ay < reach : ay + 4 * ax < reach;
}

static struct colour compass_over(struct colour c, struct place at)
{
    struct place d = seen_from(at, -590, -20);
    struct place turned = {(d.x + d.y) * 3 / 4, (d.x - d.y) * 3 / 4};
    if (!in_disc(d, PX(190)))
        return c;
    if (in_star(d, PX(150)))
        return (d.x < 0) == (d.y < 0) ? white : ink;
    if (in_star(turned, PX(120)))
        return (turned.x < 0) == (turned.y < 0) ? white : red;
    if (in_ring(d, PX(160), PX(5)) || in_ring(d, PX(176), PX(2)))
        return white;
    return c;
}

/* Rings of light that fade, then the tower seen from above. */
static struct colour lighthouse_over(struct colour c, struct place at)
{
    struct place d = seen_from(at, 600, 90);
    const int32_t reach = PX(260);
    if (!in_disc(d, reach))
        return c;
    if (in_disc(d, PX(30)))
        return in_disc(d, PX(12)) ? white : in_disc(d, PX(22)) ? red : white;
    if (in_disc(d, PX(44)))
        return (struct colour){120, 112, 104};
    for (int32_t ring = 1; ring <= 5; ring++) {
        if (in_ring(d, PX(44 + 42 * ring), PX(14)))
            return over(c, white, 160 - 26 * ring);
    }
    return c;
}

/* A hull, a sail and two lines of foam behind it. */
static struct colour boat_over(struct colour c, struct place at, int32_t x, int32_t y)
{
    struct place d = seen_from(at, x, y);
    if (d.y > -PX(34) && d.y < 0 && d.x > -PX(2) && d.x < (d.y + PX(34)) * 2 / 3)
        return white;
    if (d.y >= 0 && d.y < PX(9) && abs(d.x) < PX(26) - d.y)
        return red;
    int32_t behind = -d.x - PX(24);
    if (behind > 0 && behind < PX(150) && abs(abs(d.y - PX(6)) - behind / 5) < PX(2))
        return over(c, white, 200 - behind / 16);
    return c;
}

/* From north to south along the middle of the land; its middle line is broken. */
static struct colour road_over(struct colour c, struct place at, bool sea)
{
    static const struct colour asphalt = {88, 84, 88};
    int32_t bend = (int32_t)(squared(at.y) / PX(2600)) * (at.y < 0 ? -1 : 1);
    int32_t off = abs(at.x - at.y / 3 - bend);
    if (off > PX(9))
        return c;
    if (off > PX(7))
        return sea ? ink : white; /* a railing where it bridges water */
    bool dash = (at.y + PX(2000)) / PX(24) % 2 == 0;
    return off < PX(1) && dash ? white : asphalt;
}

struct colour scene_objects_over(struct colour ground, struct place at, bool sea)
{
    struct colour c = road_over(ground, at, sea);
    if (sea) {
        c = boat_over(c, at, -330, 130);
        c = boat_over(c, at, -700, 270);
        c = boat_over(c, at, 390, -130);
    }
    c = compass_over(c, at);
    return lighthouse_over(c, at);
}
