/* SPDX-License-Identifier: MIT */
/**
 * What a texture or surface object is made from. The stand-in runtime creates none (a texture
 * is of use only to a kernel), so here are types for code that mentions them.
 */
#ifndef ISTHMUS_CUDA_TEXTURE_TYPES_H
#define ISTHMUS_CUDA_TEXTURE_TYPES_H

/** Where a coordinate outside the texture reads from. */
enum cudaTextureAddressMode {
    cudaAddressModeWrap = 0,
    cudaAddressModeClamp = 1,
    cudaAddressModeMirror = 2,
    cudaAddressModeBorder = 3
};

enum cudaTextureFilterMode { cudaFilterModePoint = 0, cudaFilterModeLinear = 1 };

/** As stored, or integers scaled to 0..1 and -1..1. */
enum cudaTextureReadMode { cudaReadModeElementType = 0, cudaReadModeNormalizedFloat = 1 };

struct cudaTextureDesc {
    enum cudaTextureAddressMode addressMode[3];
    enum cudaTextureFilterMode filterMode;
    enum cudaTextureReadMode readMode;
    int sRGB; /**< not 0: converts to linear when read */
    float borderColor[4];
    int normalizedCoords; /**< not 0: coordinates run from 0 to 1 */
    unsigned int maxAnisotropy;
    enum cudaTextureFilterMode mipmapFilterMode;
    float mipmapLevelBias;
    float minMipmapLevelClamp;
    float maxMipmapLevelClamp;
    int disableTrilinearOptimization;
    int seamlessCubemap;
};

typedef unsigned long long cudaTextureObject_t;

#endif
