/* SPDX-License-Identifier: MIT */
/*
 * DuplicateHandle out of another process, the source being closed (core/process.c,
 * src/broker/requests.c and posts.c): T asks the broker B for a handle of S; B asks S; S answers
 * with a parcel, closes its own handle, and B passes the parcel on. Each may be killed at any
 * step, B may stop waiting for S, and T may have a second thread that asks for the same handle.
 * The kernel closes what the dead had, and what lies in sockets that nobody reads.
 *
 *   KILLS      how many processes are killed at most
 *   BUG_...    what the runner seeds; each must be found
 *
 * Checked: a handle that arrives is of an object that has not ended; of two that take it away
 * one gets it; when nothing moves any more everybody has an answer, no reference is left over,
 * and the end has been noticed.
 */
#ifndef KILLS
#define KILLS 0
#endif

#define S 0
#define T 1
#define B 2

/* Write ends of the life pipe: in processes, and in messages under way. */
byte in_s = 1;                         /* S: the handle's, and what it makes for a parcel */
byte in_t = 0, in_b = 0;               /* T: handles that came; B: what it kept */
bool in_give = false;                  /* on the event channel */
bool in_answer[2];                     /* on T's socket, for each of its threads in turn */

bool dead[3];
bool ended = false;
bool handle_open = true; /* in S' table */
byte got = 0;

bool asked[2];    /* PULL is with B */
bool answered[2]; /* its answer is on the way */
byte waiting = 9; /* whose PULL waits for S */
bool s_asked = false, s_refused = false;
byte kills = 0;

#define HELD (in_s + in_t + in_b + in_give + in_answer[0] + in_answer[1])

inline look_for_end()
{
    d_step {
        if
        :: HELD == 0 -> ended = true
        :: else
        fi
    }
}

/* The io thread answers ASK_HANDLE; the handle may be closed meanwhile by nobody else. */
active proctype source()
{
    {
end_s:  do
        :: s_asked && !in_give && !s_refused ->
            d_step { s_asked = false }
            if
            :: !handle_open -> d_step { s_refused = !dead[B] }
            :: handle_open ->
#ifdef BUG_CLOSE_FIRST
                d_step { handle_open = false; in_s-- }
                look_for_end();
                d_step { in_s++ } /* the parcel is made of an object that may have ended */
#else
                d_step { in_s++ } /* the parcel's write end is opened first */
                d_step { handle_open = false; in_s-- }
#endif
                d_step { in_give = !dead[B]; in_s-- } /* sent; ours is closed */
                look_for_end()
            fi
        od
    } unless { dead[S] }
}

active proctype broker()
{
    byte i;
    {
        i = 0;
end_b:  do
        :: asked[0] && waiting == 9 -> d_step { asked[0] = false; waiting = 0; s_asked = !dead[S] }
        :: asked[1] && waiting == 9 -> d_step { asked[1] = false; waiting = 1; s_asked = !dead[S] }
        :: waiting != 9 && in_give ->
            d_step { in_give = false; in_b++ } /* received */
            d_step {
                in_answer[waiting] = !dead[T];
                answered[waiting] = true;
                waiting = 9
            }
#ifndef BUG_KEEP
            d_step { in_b-- }
#endif
            look_for_end()
        :: waiting != 9 && s_refused ->
            d_step { s_refused = false; answered[waiting] = true; waiting = 9 }
        :: waiting == 9 && in_give -> /* the asker gave up: nobody takes it */
            d_step { in_give = false }
            look_for_end()
        :: waiting != 9 && dead[S] && !in_give && !s_refused ->
            d_step { answered[waiting] = true; waiting = 9 }
        od
    } unless { dead[B] }
}

proctype puller(byte me)
{
    bool mine;
    {
        d_step { asked[me] = !dead[B] }
end_t:  if
        :: answered[me]
        :: dead[B] && !answered[me] -> goto out
        fi;
        d_step {
            mine = in_answer[me];
            in_answer[me] = false;
            if
            :: mine -> in_t++; got++
            :: else
            fi
        }
        if
        :: mine ->
            assert(!ended && got == 1);
            d_step { in_t--; mine = false }
            look_for_end()
        :: else
        fi;
out:    skip
    } unless { dead[T] }
}

/* S closes its handle in the end, if nobody took it away. */
active proctype closer()
{
end_c:
    timeout ->
    if
    :: handle_open && !dead[S] -> d_step { handle_open = false; in_s-- } look_for_end()
    :: else
    fi;
    assert(dead[B] || dead[T] || (answered[0] && answered[1]));
    assert(HELD == 0);
    assert(ended)
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
            :: p == S -> in_s = 0; handle_open = false; s_asked = false
            :: p == T -> in_t = 0; in_answer[0] = false; in_answer[1] = false
            :: p == B -> in_b = 0; in_give = false
            fi;
            look_for_end()
        }
    od
}

init
{
    atomic {
        run puller(0);
        run puller(1)
    }
}
