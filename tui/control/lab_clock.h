/* How a lab's time passes. People set it through the control socket; the loop obeys
 * between two windows. It is no part of the lab: pausing, stepping and slow motion leave
 * no trace in what happens. */
#ifndef LANYARD_TUI_CONTROL_LAB_CLOCK_H
#define LANYARD_TUI_CONTROL_LAB_CLOCK_H

#include "engine/clock/pace.h"

enum lab_step {
	LAB_STEP_NONE,
	LAB_STEP_TIME,  /* to step_to */
	LAB_STEP_FRAME, /* until a frame has entered or left a cable, or step_to */
	LAB_STEP_EVENT, /* to the next thing that happens, or step_to */
};

struct lab_clock {
	enum pace_mode pace;
	unsigned permille; /* `realtime` passes this many thousandths as fast as the wall clock */
	bool paused;       /* time stands still but for steps */
	bool changed;      /* pace, permille or paused are new to the loop */
	enum lab_step step;
	uint64_t step_to; /* virtual ns */
	unsigned rate;    /* for display: thousandths of the wall clock's speed, lately; written by the loop */
};

#endif
