/* SPDX-License-Identifier: MIT */
/*
 * The owner word of a keyed mutex (core/kmutex.c, core/robust.c), its waiters, and a kernel that
 * may kill any process between any two steps. A d_step is one atomic instruction, or one call
 * of the kernel.
 *
 *   KILLS      how many processes are killed at most
 *   SLICES     1: a sleep ends by itself when there is something to see (100 ms in the code)
 *   BUG_...    what the runner seeds; each must be found
 *
 * Checked: at most one owner, and with the key of the last release; when nothing moves any
 * more, the word is not held by the dead, nobody sleeps who could go on, and everybody who
 * waits for an abandoned mutex has been told.
 */
#ifndef KILLS
#define KILLS 0
#endif
#ifndef SLICES
#define SLICES 0
#endif

#define PARTIES 3
#define NOBODY 0
#define DIED 9
#define SEQUENCES 8

/* The word: NOBODY is free, else the owner's number, or DIED. */
byte owner = NOBODY;
bool marked = false; /* WAITERS */
byte sequence = 0;
byte key = 0;

bool listed[PARTIES + 1];  /* the word is in that process' robust list */
bool pending[PARTIES + 1]; /* list_op_pending names the word */
bool asleep[PARTIES + 1];
bool dead[PARTIES + 1];
byte wants[PARTIES + 1]; /* the key that a sleeper waits for */
byte told = 0;           /* who got WAIT_ABANDONED */
byte inside = 0;
byte released = 0; /* the key of the last release, as the model knows it */
byte kills = 0;

#define SAME(o, m, s) (owner == o && marked == m && sequence == s)
#define HAS_NEWS(p) (owner == DIED || (owner == NOBODY && key == wants[p]))

inline wake_all()
{
    d_step {
        asleep[1] = false;
        asleep[2] = false;
        asleep[3] = false;
    }
}

proctype party(byte me; byte mine; byte next; byte rounds)
{
    byte o, s;
    bool m, taken;
    {
        do
        :: rounds == 0 -> break
        :: rounds > 0 ->
look:       skip;
            d_step {
                o = owner;
                m = marked;
                s = sequence;
            }
            if
            :: o == DIED ->
                if
                :: m -> wake_all()
                :: else
                fi;
                told++;
                break
            :: o == NOBODY ->
                /* The key is read after the word, and the CAS proves that the word stayed. */
                if
                :: key == mine ->
#ifndef BUG_NO_PENDING
                    pending[me] = true;
#endif
                    d_step {
#ifdef BUG_NO_SEQUENCE
                        taken = (owner == o && marked == m);
#else
                        taken = SAME(o, m, s);
#endif
                        if
                        :: taken -> owner = me
                        :: else
                        fi
                    }
                    if
                    :: taken -> listed[me] = true
                    :: else
                    fi;
                    pending[me] = false;
                    if
                    :: taken -> goto own
                    :: else -> goto look
                    fi
                :: else
                fi
            :: else
            fi;

            /* Not to be had now: mark the word, then sleep while it is as we marked it. */
#ifndef BUG_NO_MARK
            d_step {
                taken = SAME(o, m, s);
                if
                :: taken -> marked = true
                :: else
                fi
            }
            if
            :: taken
            :: else -> goto look
            fi;
            m = true;
#endif
            d_step {
                wants[me] = mine;
#ifdef BUG_NO_COMPARE
                asleep[me] = true;
#else
                asleep[me] = SAME(o, m, s);
#endif
                o = 0;
                s = 0;
                m = false;
                taken = false;
            }
end_asleep: if
            :: !asleep[me]
            :: SLICES && asleep[me] && HAS_NEWS(me) -> asleep[me] = false
            fi;
            wants[me] = 0;
            goto look;

own:        inside++;
            assert(inside == 1 && released == mine);
            d_step {
                inside--;
                o = 0;
                s = 0;
                m = false;
                taken = false;
                key = next;
                released = next;
            }
            pending[me] = true;
            listed[me] = false;
            d_step {
                m = marked;
                owner = NOBODY;
                marked = false;
                sequence = (sequence + 1) % SEQUENCES;
            }
            pending[me] = false;
            if
            :: m -> wake_all()
            :: else
            fi;
            rounds--;
            m = false
        od
    } unless { dead[me] }
}

/* The kernel's walk of the list of a process that was killed. It wakes one sleeper. */
active proctype killer()
{
    byte p;
end_killer:
    do
    :: atomic {
            kills < KILLS ->
            if
            :: !dead[1] -> p = 1
            :: !dead[2] -> p = 2
            :: !dead[3] -> p = 3
            fi;
            dead[p] = true;
            kills++;
            asleep[p] = false;
            if
            :: owner == p && (listed[p] || pending[p]) ->
                owner = DIED;
                inside = 0;
                if
                :: marked && asleep[1] -> asleep[1] = false
                :: marked && asleep[2] -> asleep[2] = false
                :: marked && asleep[3] -> asleep[3] = false
                :: else
                fi
            :: else
            fi;
            p = 0
        }
    od
}

#define STUCK(p) (asleep[p] && !dead[p] && HAS_NEWS(p))

active proctype monitor()
{
end_monitor:
    timeout ->
    assert(owner == NOBODY || owner == DIED || !dead[owner]);
    assert(!STUCK(1) && !STUCK(2) && !STUCK(3))
}

init
{
    atomic {
        run party(1, 0, 1, 2);
        run party(2, 1, 0, 1);
        run party(3, 0, 0, 1)
    }
}
