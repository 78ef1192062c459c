/* SPDX-License-Identifier: MIT */
/* What the tests of the portable API share: imports and descriptions in one line. */
#ifndef TESTS_UNIT_INTEROP_RIG_H
#define TESTS_UNIT_INTEROP_RIG_H

#include "../cuda/d3d_rig.h"

#include <isthmus/interop.h>

static inline struct ist_resource rig_import(ID3D11Resource *resource,
                                             const struct ist_import_options *options)
{
    struct ist_resource out = IST_RESOURCE_INIT;
    enum ist_status status = ist_import_resource(resource, options, &out);
    if (status != IST_OK)
        test_fail(TEST_HERE, "%s: %s", ist_status_name(status), ist_explain());
    return out;
}

static inline struct ist_resource_desc rig_describe(ID3D11Resource *resource)
{
    struct ist_resource_desc desc = IST_RESOURCE_DESC_INIT;
    CHECK_EQ(ist_describe_resource(resource, &desc), IST_OK);
    return desc;
}

/* Ends an import and checks that it is empty. */
static inline void rig_release(struct ist_resource *resource)
{
    CHECK_EQ(ist_release_resource(resource), IST_OK);
    CHECK_EQ(resource->id, 0);
    CHECK(resource->memory == NULL && resource->mipmapped == NULL && resource->mutex == NULL);
}

static inline struct ist_import_options rig_options(unsigned flags)
{
    struct ist_import_options options = IST_IMPORT_OPTIONS_INIT;
    options.flags = flags;
    return options;
}

#endif
