/* The rooms, and the delivery of their events to the members.
 *
 * Mode `message`: one send() per member and message, at once.
 * Mode `turn`: events are collected; rooms_end_turn() does one send() per member. */

#ifndef ROOM_H
#define ROOM_H

#include <stdbool.h>
#include <stddef.h>

struct client;

/* Selects the mode; called once, before the first client. */
void rooms_begin(bool by_turn);

/* Moves the client from its room, if any, to the room with this name. */
void room_join(struct client *client, const char *name, size_t length);

void room_leave(struct client *client);

/* Delivers `NAME: line` to all other members of the client's room. */
void room_say(struct client *client, const char *line, size_t length);

/* Mode `turn`: sends the collected events. */
void rooms_end_turn(void);

#endif
