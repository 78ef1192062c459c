/* SPDX-License-Identifier: MIT */
/* No texture or surface object exists, so only "none" can be destroyed. */
#include "test.h"

#include <cuda_runtime_api.h>

TEST(destroying_none_succeeds)
{
    CHECK_EQ(cudaDestroyTextureObject(0), cudaSuccess);
    CHECK_EQ(cudaDestroySurfaceObject(0), cudaSuccess);
}

TEST(destroying_anything_else_is_refused)
{
    CHECK_EQ(cudaDestroyTextureObject(5), cudaErrorInvalidValue);
    CHECK_EQ(cudaDestroySurfaceObject(0xffffffffffffffffull), cudaErrorInvalidValue);
}
