/* SPDX-License-Identifier: MIT */
/*
 * What marks a Windows name that libisthmus-d3d11.so gives to programs. The library hides
 * everything else; its version script lists the same names again.
 */
#ifndef ISTHMUS_WIN32_EXPORT_H
#define ISTHMUS_WIN32_EXPORT_H

#define WIN32_EXPORT __attribute__((visibility("default")))

#endif
