/* SPDX-License-Identifier: MIT */
/* The installation: versions that fit, and the stand-in runtimes. */
#include "doctor/examine.h"

#include "standins.h"

#include <isthmus/isthmus.h>
#include <string.h>

/* A command and a library of different versions: the sign of two installations. */
static void examine_version(struct findings *f)
{
    char header[32];
    snprintf(header, sizeof(header), "%d.%d.%d", IST_VERSION_MAJOR, IST_VERSION_MINOR,
             IST_VERSION_PATCH);
    if (strcmp(header, ist_version()) == 0) {
        findings_add(f, FINDING_OK, "version", "isthmus %s", ist_version());
        return;
    }
    findings_add(f, FINDING_FAIL, "version", "the library is isthmus %s, this command %s",
                 ist_version(), header);
    findings_advise(f, "two installations are mixed: see LD_LIBRARY_PATH, remove one");
}

static void examine_standins(struct findings *f)
{
    struct standins s;
    char missing[64] = "";
    if (!standins_find(&s)) {
        findings_add(f, FINDING_FAIL, "runtimes",
                     "no stand-in libcudart.so beside our "
                     "libraries");
        findings_advise(f, "install Isthmus again");
        return;
    }
    for (int major = STANDIN_FIRST; major <= STANDIN_LAST; major++) {
        size_t used = strlen(missing);
        if (!s.found[major])
            snprintf(missing + used, sizeof(missing) - used, " libcudart.so.%d", major);
    }
    findings_add(f, *missing ? FINDING_FAIL : FINDING_OK, "runtimes",
                 *missing ? "missing in %s:%s" : "libcudart.so.12 and libcudart.so.13 in %s%s",
                 s.folder, missing);
    if (*missing)
        findings_advise(f, "install Isthmus again");
    findings_fact(f, "folder", "%s", s.folder);
}

void examine_install(struct findings *f)
{
    examine_version(f);
    examine_standins(f);
}
