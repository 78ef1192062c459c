// SPDX-License-Identifier: MIT
// Every class and function of the wrapper used once, so that templates are looked into, too.
#include <isthmus/isthmus.hpp>

int use(ID3D11Resource *texture, ID3D11Fence *timeline, ID3D11Device *device, void *handle)
{
    const ist_import_options options = isthmus::options(IST_IMPORT_SURFACE);
    const ist_resource_desc desc = isthmus::describe(texture);
    isthmus::resource made(texture, options),
        taken = isthmus::resource::take_handle(handle, desc);
    isthmus::resource named = isthmus::resource::from_name(L"name", desc, &options);
    isthmus::fence fence(timeline);
    fence.wait(1);
    fence.signal(2, nullptr);
    isthmus::mutex_lock lock({&made, &named}, 0, 1, IST_FOR_EVER);
    made = static_cast<isthmus::resource &&>(taken);
    named.release();
    return made.pointer<int>() && made.mipmapped<void *>() && fence && lock
               ? isthmus::device_of(device)
               : 0;
}
