/* SPDX-License-Identifier: MIT */
/*
 * Peers, as far as the systems agree: who is there, what is said. A peer writes events as a
 * case does, and "say" for its lines; the case takes them and records what differed as its own.
 * The table of peers is of the case's thread.
 */
#include "conformance.h"
#include "runner.h"

#include <stdarg.h>
#include <stdlib.h>

#define PEERS 4
#define SAY_MS 20000 /* for what must come: only a hang takes so long */

struct peer {
    struct peer_process process;
    const char *role; /* NULL: this place is free */
    char text[16384]; /* read and not yet taken */
    size_t used;
    bool ended; /* its role came to its end */
};

static struct peer peers[PEERS];
static struct conf_role *first_role;

void conf_register_role(struct conf_role *self)
{
    self->next = first_role;
    first_role = self;
}

const struct conf_role *role_find(const char *name)
{
    for (const struct conf_role *r = first_role; r; r = r->next) {
        if (strcmp(r->name, name) == 0)
            return r;
    }
    return NULL;
}

/* ---- Starting ---- */

static struct peer *free_place(void)
{
    for (size_t i = 0; i < PEERS; i++) {
        if (!peers[i].role)
            return &peers[i];
    }
    return NULL;
}

struct peer *peer_start(const char *role, const char *word, ...)
{
    char text[PEER_TEXT];
    va_list args;
    va_start(args, word);
    vsnprintf(text, sizeof(text), word, args);
    va_end(args);
    struct peer *peer = free_place();
    if (!peer || !role_find(role)) {
        conf_fail(CONF_NEED, "there is no role or no room for a peer '%s'", role);
        abort();
    }
    const char *wrong = peer_process_start(&peer->process, role, text);
    if (wrong) {
        conf_fail(CONF_NEED, "no process can be started as %s: %s", role, wrong);
        abort();
    }
    peer->role = role;
    peer->used = 0;
    peer->ended = false;
    return peer;
}

/* ---- Hearing ---- */

/* Whether the line is one that it says, which goes to `said`. */
static bool take_event(struct peer *peer, char *line, char said[PEER_TEXT])
{
    const char *text = event_split(line);
    if (text && strcmp(line, "say") == 0) {
        snprintf(said, PEER_TEXT, "%s", text);
        return true;
    }
    if (text && strcmp(line, "end") == 0)
        peer->ended = true;
    else if (text)
        conf_fail((struct conf_where){0}, "in the process %s: %s%s", peer->role,
                  strcmp(line, "diff") == 0 ? "" : "it gives up: ", text);
    return false;
}

/* Takes the first line of what was read; false: no whole line is there. */
static bool take_line(struct peer *peer, char *line, size_t room)
{
    char *end = memchr(peer->text, '\n', peer->used);
    if (!end)
        return false;
    size_t size = (size_t)(end - peer->text) + 1;
    size_t length = size - 1 < room - 1 ? size - 1 : room - 1;
    memcpy(line, peer->text, length);
    line[length] = '\0';
    peer->used -= size;
    memmove(peer->text, peer->text + size, peer->used);
    return true;
}

/* False: the process has closed its end, or the time is up. */
static bool read_more(struct peer *peer, uint64_t deadline)
{
    if (peer->used == sizeof(peer->text))
        peer->used = 0; /* no event is that long */
    size_t got = peer_process_read(&peer->process, peer->text + peer->used,
                                   sizeof(peer->text) - peer->used, deadline);
    peer->used += got;
    return got > 0;
}

/* The next line that it says; false if none comes. */
static bool listen(struct peer *peer, char said[PEER_TEXT])
{
    static char line[sizeof(peer->text)];
    uint64_t deadline = now_ms() + SAY_MS;
    do {
        while (take_line(peer, line, sizeof(line))) {
            if (take_event(peer, line, said))
                return true;
        }
    } while (read_more(peer, deadline));
    return false;
}

bool peer_hear(struct conf_where at, struct peer *peer, char said[PEER_TEXT])
{
    said[0] = '\0';
    if (listen(peer, said))
        return true;
    conf_fail(at, "the process %s says nothing", peer->role);
    return false;
}

bool peer_says(struct conf_where at, struct peer *peer, const char *wanted)
{
    char said[PEER_TEXT];
    if (!peer_hear(at, peer, said))
        return false;
    if (strcmp(said, wanted) == 0)
        return true;
    conf_fail(at, "the process %s says \"%s\", wanted \"%s\"", peer->role, said, wanted);
    return false;
}

void peer_go(struct peer *peer)
{
    if (!peer_process_write(&peer->process, "\n", 1))
        conf_fail((struct conf_where){0}, "the process %s does not listen", peer->role);
}

/* ---- Ending ---- */

void peer_end(struct peer *peer)
{
    char said[PEER_TEXT];
    const char *role = peer->role;
    peer_go(peer);
    if (listen(peer, said))
        conf_fail((struct conf_where){0}, "the process %s says \"%s\" at its end", role, said);
    const char *wrong = peer_process_wait(&peer->process, now_ms() + SAY_MS);
    peer->role = NULL;
    if (wrong)
        conf_fail((struct conf_where){0}, "the process %s: %s", role, wrong);
    else if (!peer->ended)
        conf_fail((struct conf_where){0}, "the process %s ended before its role", role);
}

void peer_kill(struct peer *peer)
{
    const char *role = peer->role;
    bool alive = peer_process_kill(&peer->process);
    peer->role = NULL;
    if (!alive)
        conf_fail((struct conf_where){0}, "the process %s had ended before it was killed",
                  role);
}

void peers_clear(void)
{
    for (size_t i = 0; i < PEERS; i++) {
        if (peers[i].role)
            peer_process_kill(&peers[i].process);
        peers[i].role = NULL;
    }
}

/* ---- The peer's half ---- */

static const char *own_word = "";

const char *peer_word(void)
{
    return own_word;
}

unsigned long long peer_number(void)
{
    return strtoull(own_word, NULL, 10);
}

void peer_say(const char *format, ...)
{
    char text[PEER_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    event_write(stdout, "say", text);
}

/* A line, or the end of the case's process; whose peers nobody needs. */
void peer_wait(void)
{
    int c = getchar();
    while (c != '\n' && c != EOF)
        c = getchar();
    if (c == EOF)
        _Exit(0);
}

void peer_main(const char *role, const char *word)
{
    const struct conf_role *self = role_find(role);
    peer_process_begin();
    own_word = word;
    if (!self)
        event_write(stdout, "diff", "there is no such role");
    else
        body_role(self->run, stdout);
    fflush(stdout);
}
