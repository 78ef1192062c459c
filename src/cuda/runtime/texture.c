/* SPDX-License-Identifier: MIT */
/* Ends of texture and surface objects; none can be created (refused.c), so only 0 is legal. */
#include "cuda/runtime/runtime.h"

cudaError_t cudaDestroyTextureObject(cudaTextureObject_t texObject)
{
    if (texObject)
        return rt_refuse(IST_BAD_ARG, "%llu is no texture object", texObject);
    return rt_done(0);
}

cudaError_t cudaDestroySurfaceObject(cudaSurfaceObject_t surfObject)
{
    if (surfObject)
        return rt_refuse(IST_BAD_ARG, "%llu is no surface object", surfObject);
    return rt_done(0);
}
