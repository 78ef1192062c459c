/* SPDX-License-Identifier: MIT */
/** The Direct3D headers ask for it; nothing is called remotely here. */
#ifndef ISTHMUS_WIN32_RPC_H
#define ISTHMUS_WIN32_RPC_H
#include <windows.h>
#endif
