/* SPDX-License-Identifier: MIT */
/*
 * A handle on its way to another process: DuplicateHandle in the source S puts a parcel (with a
 * write end of the object's life pipe in it) into the broker's mailbox for the target T, which
 * takes it at its first use. S, T and the broker B may be killed at any step; the kernel then
 * closes what they had, and what lies in sockets that nobody reads.
 *
 *   KILLS      how many processes are killed at most
 *   BUG_...    what the runner seeds; each must be found
 *
 * Checked: whoever holds the object can use it (it has not ended); when nothing moves any more
 * no write end is left over, and the end has been noticed.
 */
#ifndef KILLS
#define KILLS 0
#endif

#define S 0
#define T 1
#define B 2

/* Write ends of the life pipe: in processes, and in messages under way. */
bool at_s = true, at_b = false, at_t = false;
bool in_push = false, in_answer = false;

bool dead[3];
bool push_waits = false, take_waits = false; /* requests that B has not handled */
bool s_answered = false, t_answered = false; /* and their answers */
bool answer_has = false;
bool promised = false; /* S was told that T has the handle */
bool died_told = false; /* B knows of T's death (pidfd) */
bool ended = false;
bool broken = false; /* S saw B's hang-up before an answer */
byte kills = 0;

#define HELD (at_s || at_b || at_t || in_push || in_answer)

/* The last one out looks whether the pipe has hung up (life.c). */
inline look_for_end()
{
    d_step {
        if
        :: !HELD -> ended = true
        :: else
        fi
    }
}

active proctype source()
{
    {
#ifdef BUG_NAME_ONLY
        d_step { push_waits = !dead[B] }; /* the object's id without a reference of its own */
#else
        d_step { in_push = !dead[B]; push_waits = !dead[B] }; /* a dead one gets nothing */
#endif
#ifdef BUG_NAME_ONLY
        at_s = false; /* DUPLICATE_CLOSE_SOURCE before the answer */
        look_for_end();
#endif
end_s:  if
        :: s_answered
        :: dead[B] && !s_answered -> broken = true
        fi;
        at_s = false; /* DUPLICATE_CLOSE_SOURCE, or a close later */
        look_for_end()
    } unless { dead[S] }
}

active proctype broker()
{
    {
        skip;
end_b:  do
        :: push_waits ->
            d_step {
                push_waits = false;
                at_b = true;
                in_push = false;
            }
            /* The mailbox is filled; only then T is looked at: its death is before or after. */
#ifndef BUG_NO_SECOND_LOOK
            if
            :: dead[T] -> at_b = false; look_for_end()
            :: else
            fi;
#endif
            d_step { s_answered = true; promised = !dead[T] }
        :: take_waits ->
            d_step {
                take_waits = false;
                answer_has = at_b;
                in_answer = at_b && !dead[T];
                at_b = false;
                t_answered = true;
            }
        :: dead[T] && !died_told ->
            d_step { died_told = true; at_b = false; }
            look_for_end()
        od
    } unless { dead[B] }
}

active proctype target()
{
    {
        skip;
end_t0: if
        :: promised            /* S told it the value by any channel */
        :: dead[S] || broken -> goto out
        fi;
        take_waits = !dead[B];
end_t1: if
        :: t_answered
        :: dead[B] && !t_answered -> goto out /* lost: the caller is told */
        fi;
        if
        :: answer_has ->
            d_step { at_t = true; in_answer = false };
            assert(!ended);
            at_t = false;
            look_for_end()
        :: else
        fi;
out:    skip;
        /* T exits: what it never took still lies in its mailbox, as in a handle table. */
        d_step { dead[T] = true; in_answer = false; take_waits = false };
        look_for_end()
    } unless { dead[T] }
}

active proctype killer()
{
    byte p;
end_k:
    do
    :: atomic {
            kills < KILLS && !(dead[S] && dead[T] && dead[B]) ->
            if
            :: !dead[S] -> p = S
            :: !dead[T] -> p = T
            :: !dead[B] -> p = B
            fi;
            kills++;
            dead[p] = true;
            if
            :: p == S -> at_s = false
            :: p == T -> at_t = false; in_answer = false; take_waits = false
            :: p == B ->
                at_b = false;
                in_push = false;
                push_waits = false;
                take_waits = false
            fi;
            look_for_end() /* who watches the read end sees the hang-up */
        }
    od
}

active proctype monitor()
{
end_m:
    timeout ->
    assert(!HELD);
    assert(ended)
}
