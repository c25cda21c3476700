/* Where interrupt lines meet: ISA lines to 8259 and I/O APIC, and both to the
 * one INTR pin of the CPU. board_set_irq(), board_update_intr() and
 * board_nmi() of board.h live in intr_line.c. */
#ifndef LANYARD_PC_INTR_LINE_H
#define LANYARD_PC_INTR_LINE_H

struct board;

/* The CPU's interrupt acknowledge: the vector, or -1 if nothing waits. */
int board_intack(struct board *b);

#endif
