// SPDX-License-Identifier: MIT
// Every class and function of the wrapper used once, so that templates are looked into, too.
#include <isthmus/isthmus.hpp>

int use(ID3D11Resource *texture, ID3D11Fence *timeline, ID3D11Device *device, void *handle)
{
    const ist_import_options options = isthmus::options(IST_IMPORT_SURFACE);
    const ist_resource_desc desc = isthmus::describe(texture);
    isthmus::resource made(texture, options),
        taken =
            isthmus::make<isthmus::resource>(ist_import_handle_take, handle, &desc, nullptr);
    isthmus::share share(texture, L"name"), other(timeline);
    isthmus::resource named(static_cast<isthmus::share &&>(share));
    isthmus::share received(other.give(1));
    isthmus::fence shared(static_cast<isthmus::share &&>(received));
    made.read(handle, desc.width);
    made.write(handle, desc.width);
    isthmus::fence fence(timeline);
    fence.wait(1);
    fence.signal(2, nullptr);
    isthmus::mutex_lock lock({&made, &named}, 0, 1, IST_FOR_EVER);
    made = static_cast<isthmus::resource &&>(taken);
    named.release();
    return made.pointer<int>() && made.mipmapped<void *>() && fence && shared && lock
               ? isthmus::device_of(device)
               : 0;
}
