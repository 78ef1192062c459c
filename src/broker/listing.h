/* SPDX-License-Identifier: MIT */
/*
 * What `isthmus ls` shows, as messages ready to be sent one by one: the state at one moment,
 * made when LIST is answered, read by NEXT. Also collects what the clients report.
 */
#ifndef ISTHMUS_BROKER_LISTING_H
#define ISTHMUS_BROKER_LISTING_H

#include "broker/wire.h"

#define LISTING_WAIT_MS 500 /* a client that does not report by then is shown as silent */
#define LISTING_REPORTS (8U << 20) /* bytes that one client's reports may take */

struct server;

struct listing {
    unsigned char *bytes;
    size_t size, room, at;
};

/* NULL without memory. */
struct listing *listing_new(void);
void listing_free(struct listing *listing);

/* False: no memory, or longer than `limit`. */
bool listing_add(struct listing *listing, const struct wire_message *message, size_t limit);
/* False: that was the last. */
bool listing_next(struct listing *listing, struct wire_message *out);
/* From the first line again. */
void listing_rewind(struct listing *listing);

/* Everything that the server and its clients' reports know. NULL without memory. */
struct listing *listing_make(struct server *server);

#endif
