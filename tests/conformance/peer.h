/* SPDX-License-Identifier: MIT */
/*
 * A second process in a case: this program once more, as a peer with a role. A peer is told one
 * word when it starts (a name, a number), says lines, and waits for its case between them, so
 * that the steps of a case have one order although they happen in several processes.
 *
 *     PEER(owner)
 *     {
 *         ... number_of(peer_word()) ...
 *         peer_say("owns");
 *         peer_wait();
 *     }
 *
 *     struct peer *owner = peer_start("owner", "%llu", number);
 *     REQUIRE_SAYS(owner, "owns");
 *     peer_kill(owner);
 *
 * What differs in a peer's EXPECT_... is recorded in its case. No peer outlives its case: it is
 * killed with it, however the case ends. Only the case's own thread may call these.
 */
#ifndef ISTHMUS_CONFORMANCE_PEER_H
#define ISTHMUS_CONFORMANCE_PEER_H

#define PEER_TEXT 256 /* room for a word or a line, with its end */

/* ---- What a peer is made of ---- */

struct conf_role {
    const char *name;
    void (*run)(void);
    struct conf_role *next;
};

void conf_register_role(struct conf_role *self);

/* What a peer of that role does. When it returns the process ends, and all it has is left to
 * the system: nothing is released. */
#define PEER(role)                                                      \
    static void conf_peer_##role(void);                                 \
    __attribute__((constructor)) static void conf_add_peer_##role(void) \
    {                                                                   \
        static struct conf_role self = {#role, conf_peer_##role, NULL}; \
        conf_register_role(&self);                                      \
    }                                                                   \
    static void conf_peer_##role(void)

/* The word that it was started with. */
const char *peer_word(void);
/* The same as a number, or as a handle of that value. */
unsigned long long peer_number(void);
void peer_say(const char *format, ...) CONF_PRINTF(1, 2);
/* Until the case says so; the process ends if the case has ended. */
void peer_wait(void);

/* ---- The case's half ---- */

struct peer;

/* Leaves the case if no process can be started. The word must be without blanks and quotes. */
struct peer *peer_start(const char *role, const char *word, ...) CONF_PRINTF(2, 3);
/* The peer's next line, which it has a while to say. False and a recorded difference if there
 * is none; what differs in the peer is recorded on the way. */
bool peer_hear(struct conf_where at, struct peer *peer, char line[PEER_TEXT]);
bool peer_says(struct conf_where at, struct peer *peer, const char *wanted);
#define EXPECT_SAYS(peer, line) peer_says(CONF_WANT, peer, line)
#define REQUIRE_SAYS(peer, line) peer_says(CONF_NEED, peer, line)
/* Lets it go on from peer_wait(). */
void peer_go(struct peer *peer);
/* Lets its role come to its end, and expects the process to end well, having said no more. */
void peer_end(struct peer *peer);
/* TerminateProcess, SIGKILL; returns when the process is gone. It must have been alive. */
void peer_kill(struct peer *peer);

#endif
