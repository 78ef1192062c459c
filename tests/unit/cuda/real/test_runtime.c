/* SPDX-License-Identifier: MIT */
/* The properties, for which NVIDIA's runtime is asked. */
#include "rig_real.h"

/* This program has no runtime of NVIDIA's, which the properties are asked of. */
TEST(properties_without_a_runtime_are_refused)
{
    struct cudaDeviceProp prop;
    rig_recorder();
    REFUSED(cudaGetDeviceProperties(&prop, 0), 302, "libcudart.so");
}
