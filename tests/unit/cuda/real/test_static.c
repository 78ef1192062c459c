/* SPDX-License-Identifier: MIT */
/* What a program with the static runtime inside gets: its properties with D3D11's LUID. */
#include "rig_real.h"

/* With --wrap this is the runtime's; here it is ours to play. */
int __real_cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device);
int __real_cudaGetDeviceProperties_v2(struct cudaDeviceProp *prop, int device);
int __wrap_cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device);
int __wrap_cudaGetDeviceProperties_v2(struct cudaDeviceProp *prop, int device);

int __real_cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device)
{
    strcpy(prop->name, "static");
    return device ? 101 : 0;
}

int __real_cudaGetDeviceProperties_v2(struct cudaDeviceProp *prop, int device)
{
    return __real_cudaGetDeviceProperties(prop, device);
}

static void look(int (*get)(struct cudaDeviceProp *, int))
{
    static const unsigned char another[16] = {1, 2, 3};
    struct cudaDeviceProp prop;
    memset(&prop, 0, sizeof(prop));
    rig_recorder();
    CHECK_EQ(get(&prop, 0), 0);
    CHECK_STR(prop.name, "static");
    CHECK_MEM(prop.luid, rig_device()->luid, 8);
    CHECK_EQ(prop.luidDeviceNodeMask, 1);

    memset(&prop, 0, sizeof(prop));
    recorder_uuid(another);
    CHECK_EQ(get(&prop, 0), 0);
    CHECK_EQ(prop.luidDeviceNodeMask, 0);
    CHECK_EQ(get(&prop, 1), 101);
}

TEST(the_properties_get_the_luid_of_d3d11s_adapter)
{
    look(__wrap_cudaGetDeviceProperties);
#if ISTHMUS_CUDART_MAJOR == 12
    look(__wrap_cudaGetDeviceProperties_v2);
#endif
}
