/* SPDX-License-Identifier: MIT */
/*
 * Linked into programs that have NVIDIA's runtime inside (libcudart_static.a): with --wrap only
 * such a program's own objects can name the real function, which a library cannot find.
 */
struct cudaDeviceProp;

int istcu_put_luid(struct cudaDeviceProp *prop, int device);
int __real_cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device);
int __wrap_cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device);

/* Without a device that D3D11 has, too, the answer stays as it is. */
static int with_luid(int code, struct cudaDeviceProp *prop, int device)
{
    if (code == 0)
        (void)istcu_put_luid(prop, device);
    return code;
}

int __wrap_cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device)
{
    return with_luid(__real_cudaGetDeviceProperties(prop, device), prop, device);
}

#if ISTCU_ABI == 12
/* The second layout of version 12. */
int __real_cudaGetDeviceProperties_v2(struct cudaDeviceProp *prop, int device);
int __wrap_cudaGetDeviceProperties_v2(struct cudaDeviceProp *prop, int device);

int __wrap_cudaGetDeviceProperties_v2(struct cudaDeviceProp *prop, int device)
{
    return with_luid(__real_cudaGetDeviceProperties_v2(prop, device), prop, device);
}
#endif
