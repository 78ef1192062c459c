/* SPDX-License-Identifier: MIT */
/* The two sides of the walk: each shape goes there and back, and a difference is found. */
#include "capture.h"

#include "demo/lane.h"
#include "demo/pattern.h"
#include "demo/side.h"
#include "report.h"

static struct rig rig;
static struct lane lane;
static struct order order;
static unsigned char bytes[16384];

static const struct ist_resource_desc descs[] = {
    {sizeof(struct ist_resource_desc), .dimension = 1, .width = 4099},
    {sizeof(struct ist_resource_desc), 2, 33, .levels = 2, .slices = 3,
     .format = DXGI_FORMAT_R8_UINT},
    {sizeof(struct ist_resource_desc), 3, 17, 9, .levels = 5, .slices = 2,
     .format = DXGI_FORMAT_R16G16_UINT},
    {sizeof(struct ist_resource_desc), 4, 9, 5, 3, .levels = 2,
     .format = DXGI_FORMAT_R32_FLOAT},
};

/* The lane, and an order that says where CUDA's side finds it. */
static void open_both(const struct ist_resource_desc *desc, bool kmt)
{
    struct ist_resource_desc shared = *desc;
    shared.bind_flags = D3D11_BIND_SHADER_RESOURCE;
    shared.misc_flags = D3D11_RESOURCE_MISC_SHARED |
                        (kmt ? 0 : D3D11_RESOURCE_MISC_SHARED_NTHANDLE);
    order = (struct order){.name = "a test"};
    order.memory = order.fence = (struct ist_share)IST_SHARE_INIT;
    CHECK(lane_open(&rig, &shared, &lane));
    CHECK(lane.size <= sizeof(bytes));
    order.size = lane.size;
    CHECK_EQ(ist_share_resource(lane.resource, NULL, &order.memory), IST_OK);
}

static bool tell(struct side *side, enum deed deed, uint64_t number)
{
    order.deed = deed;
    order.number = number;
    return side_tell(side, &order);
}

/* What D3D11 has now. */
static void read_back(void)
{
    lane_fetch(&lane);
    CHECK(lane_download(&lane, NULL)); /* only waits */
    CHECK(lane_download(&lane, bytes));
}

TEST(every_byte_of_every_shape_goes_there_and_back)
{
    CHECK(rig_open(0, &rig));
    for (unsigned i = 0; i < ARRAY_LENGTH(descs); i++) {
        struct side side = {.stream = rig.stream};
        open_both(&descs[i], i % 2);
        CHECK(tell(&side, SIDE_IMPORT, 0));
        pattern_fill(bytes, lane.size, 1);
        CHECK(lane_upload(&lane, bytes));
        read_back();
        CHECK(pattern_check(bytes, lane.size, 1, "a test", "D3D11", "D3D11"));
        CHECK(tell(&side, SIDE_READ, 0) && tell(&side, SIDE_CHECK, 1));
        CHECK(tell(&side, SIDE_WRITE, 2) && tell(&side, SIDE_FINISH, 0));
        read_back();
        CHECK(pattern_check(bytes, lane.size, 2, "a test", "CUDA", "D3D11"));
        CHECK(tell(&side, SIDE_END, 0));
        lane_close(&lane);
    }
    rig_close(&rig);
}

TEST(a_byte_that_differs_is_found)
{
    CHECK(rig_open(0, &rig));
    struct side side = {.stream = rig.stream};
    open_both(&descs[2], false);
    CHECK(tell(&side, SIDE_IMPORT, 0));
    pattern_fill(bytes, lane.size, 1);
    bytes[lane.size - 3] ^= 1; /* in the last level of the last slice */
    CHECK(lane_upload(&lane, bytes));
    read_back();
    CHECK(tell(&side, SIDE_READ, 0));
    struct capture c = capture_start();
    bool same = tell(&side, SIDE_CHECK, 1);
    capture_end(&c);
    CHECK(!same);
    CHECK(strstr(c.text, "a test, byte 1565 of 1568: D3D11 wrote 0x"));
    CHECK(tell(&side, SIDE_END, 0));
    lane_close(&lane);
    rig_close(&rig);
}

TEST(a_failed_import_leaves_nothing)
{
    CHECK(rig_open(0, &rig));
    struct side side = {.stream = rig.stream};
    open_both(&descs[0], true);
    order.memory.way = 9;
    struct capture c = capture_start();
    bool ok = tell(&side, SIDE_IMPORT, 0);
    capture_end(&c);
    CHECK(!ok);
    CHECK(strstr(c.text, "ist_import_share_take answered 1"));
    CHECK(strstr(c.text, "way 9 of the ist_share"));
    CHECK(tell(&side, SIDE_END, 0));
    lane_close(&lane);
    rig_close(&rig);
}
