/* The rooms, and how what happens in one gets to its members.
 *
 * Mode `message`: one send() per member and message, at once.
 * Mode `turn`: what happens is gathered; rooms_end_turn() does one send() per member. */

#ifndef ROOM_H
#define ROOM_H

#include <stdbool.h>
#include <stddef.h>

struct guest;

/* Chooses the mode, once, before anybody comes in. */
void rooms_begin(bool by_turn);

/* Takes the guest out of the room that he is in, if any, and into the one of this name. */
void room_join(struct guest *guest, const char *name, size_t length);

void room_leave(struct guest *guest);

/* Lets all other members of the guest's room read `NAME: line`. */
void room_say(struct guest *guest, const char *line, size_t length);

/* Mode `turn`: writes what was gathered. */
void rooms_end_turn(void);

#endif
