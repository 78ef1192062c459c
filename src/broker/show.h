/* SPDX-License-Identifier: MIT */
/* The broker's executable as its own tool: what it prints. Each answers an exit status. */
#ifndef ISTHMUS_BROKER_SHOW_H
#define ISTHMUS_BROKER_SHOW_H

#include "broker/picture.h"

#include <stdbool.h>
#include <stdio.h>

int show_objects(bool json);
int show_status(void);
int show_stop(void);

/* For tests: a state that was read, as text or as JSON. */
void show_text(const struct picture *picture, FILE *out);
void show_json(const struct picture *picture, FILE *out);

#endif
