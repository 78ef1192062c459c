/* SPDX-License-Identifier: MIT */
/* The library knows interfaces by the values of their GUIDs, not by a program's symbols. */
#include "share_rig.h"

TEST(interfaces_are_found_by_value)
{
    static const struct {
        IID iid;
        bool device; /* of the device, else of a texture with a keyed mutex */
    } known[] = {
        /* ID3D11Device, ID3D11Device5, IDXGIDevice */
        {{0xdb6f6ddb, 0xac77, 0x4e88, {0x82, 0x53, 0x81, 0x9d, 0xf9, 0xbb, 0xf1, 0x40}}, true},
        {{0x8ffde202, 0xa0e7, 0x45df, {0x9e, 0x01, 0xe8, 0x37, 0x80, 0x1b, 0x5e, 0xa0}}, true},
        {{0x54ec77fa, 0x1377, 0x44e6, {0x8c, 0x32, 0x88, 0xfd, 0x5f, 0x44, 0xc8, 0x4c}}, true},
        /* ID3D11Texture2D, IDXGIResource, IDXGIKeyedMutex */
        {{0x6f15aaf2, 0xd208, 0x4e89, {0x9a, 0xb4, 0x48, 0x95, 0x35, 0xd3, 0x4f, 0x9c}}, false},
        {{0x035f3ab4, 0x482e, 0x4e50, {0xb4, 0x1f, 0x8a, 0x7f, 0x8b, 0xd8, 0x96, 0x0b}}, false},
        {{0x9d8e1289, 0xd7b3, 0x465f, {0x81, 0x26, 0x25, 0x0e, 0x34, 0x9a, 0xf8, 0x5d}}, false},
    };
    struct rig rig = rig_new();
    ID3D11Texture2D *texture = new_texture(&rig, KEYED);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        IUnknown *object = known[i].device ? (IUnknown *)rig.device : (IUnknown *)texture;
        IUnknown *found = query(object, &known[i].iid);
        IUnknown_Release(found);
    }
    CHECK_EQ(ID3D11Texture2D_Release(texture), 0);
    rig_finish(&rig);
}
