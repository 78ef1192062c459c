/* SPDX-License-Identifier: MIT */
/*
 * What programs attach to objects under a GUID: bytes, names (WKPDID_D3DDebugObjectName) or an
 * interface, which is then held until it is replaced or the object ends. Any thread.
 */
#ifndef ISTHMUS_D3D11_PRIVATE_DATA_H
#define ISTHMUS_D3D11_PRIVATE_DATA_H

#include "base/gate.h"
#include "base/list.h"
#include "d3d11/d3d11.h"

struct private_data {
    pthread_mutex_t lock; /* guards entries; held inside the fork gate, no call under it */
    struct list entries;  /* of struct private_entry (private_data.c) */
};

void private_data_init(struct private_data *store);
void private_data_finish(struct private_data *store);

/* As the methods of the same name answer: DXGI_ERROR_NOT_FOUND, DXGI_ERROR_MORE_DATA ... */
HRESULT private_data_get(struct private_data *store, REFGUID guid, UINT *size, void *data);
HRESULT private_data_set(struct private_data *store, REFGUID guid, UINT size, const void *data);
HRESULT private_data_set_interface(struct private_data *store, REFGUID guid,
                                   const IUnknown *object);

#endif
