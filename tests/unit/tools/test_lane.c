/* SPDX-License-Identifier: MIT */
/* What the walk sends its bytes through: each shape, and that a difference is found. */
#include "capture.h"

#include "demo/lane.h"
#include "demo/rig.h"

static struct rig rig;

static void open_rig(void)
{
    CHECK(rig_open(&rig));
}

/* The shared way that ist_import_resource() would go by itself. */
static bool there(struct lane *lane, enum share_by by)
{
    struct share share;
    return lane_create(lane, share_flags(by, false)) &&
           share_resource(&rig, lane->resource, by, &share) && lane_import(lane, &share);
}

static const struct ist_shape shapes[] = {
    {sizeof(struct ist_shape), 1, 4099, 0, 0, 1, 1, 0, IST_PACKING_TIGHT},
    {sizeof(struct ist_shape), 2, 33, 1, 1, 2, 3, DXGI_FORMAT_R8_UINT, IST_PACKING_TIGHT},
    {sizeof(struct ist_shape), 3, 17, 9, 1, 5, 2, DXGI_FORMAT_R16G16_UINT, IST_PACKING_TIGHT},
    {sizeof(struct ist_shape), 4, 9, 5, 3, 2, 1, DXGI_FORMAT_R32_FLOAT, IST_PACKING_TIGHT},
};

TEST(every_byte_of_every_shape_goes_there_and_back)
{
    open_rig();
    for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct lane lane;
        CHECK(lane_open(&rig, "a test", &shapes[i], &lane));
        CHECK(there(&lane, i % 2 ? SHARE_BY_KMT_HANDLE : SHARE_BY_NT_HANDLE));
        CHECK(lane_d3d11_write(&lane, 1) && rig_finish_d3d11(&rig));
        CHECK(lane_stream_read(&lane) && lane_check_stream(&lane, 1));
        CHECK(lane_stream_write(&lane, 2));
        CHECK_EQ(cudaStreamSynchronize(rig.stream), cudaSuccess);
        lane_d3d11_read(&lane);
        CHECK(lane_check_d3d11(&lane, 2));
        CHECK_EQ(lane.checked, 2 * lane.layout.size);
        CHECK(lane_close(&lane));
    }
    rig_close(&rig);
}

TEST(a_byte_that_differs_is_named_with_its_place)
{
    struct lane lane;
    open_rig();
    CHECK(lane_open(&rig, "a test", &shapes[2], &lane));
    CHECK(there(&lane, SHARE_BY_NT_HANDLE));
    CHECK(lane_d3d11_write(&lane, 1) && rig_finish_d3d11(&rig) && lane_stream_read(&lane));
    CHECK_EQ(cudaStreamSynchronize(rig.stream), cudaSuccess);
    lane.landed[lane.layout.slice_pitch + 17 * 9 * 4 + 6] ^= 1; /* slice 1, behind level 0 */
    struct capture c = capture_start();
    bool same = lane_check_stream(&lane, 1);
    capture_end(&c);
    CHECK(!same);
    CHECK(strstr(c.text, "a test, mip 1, slice 1, byte 6 of 128: D3D11 wrote 0x"));
    CHECK(lane_close(&lane));
    rig_close(&rig);
}
