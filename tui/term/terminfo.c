/* Questions to terminfo; see terminfo.h. A file of its own, for <curses.h> has names
 * for everything. */
#include "tui/term/terminfo.h"

#include <curses.h>
#include <term.h>
#include <unistd.h>

bool terminfo_monochrome(void)
{
	bool mono;
	int status;

	if (setupterm(NULL, STDOUT_FILENO, &status) != OK)
		return false;
	mono = tigetnum("colors") < 8;
	del_curterm(cur_term);
	return mono;
}
