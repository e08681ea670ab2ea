# What a guest does before it counts, so that it takes its time to move: fills its memory from 1 to 32 MiB
# with the firmware's code, for zeros would not be sent; then boots the ticker from sector 2 of its disk.
# as --32 full.s -o full.o && ld -m elf_i386 -e start -Ttext 0x600 --oformat binary -o full full.o
.code16
.globl start
start:                      # the firmware puts it at 0x7c00, where the ticker is to be
  xorw %ax, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movw $0x7c00, %sp
  cld
  movw $0x7c00, %si
  movw $0x600, %di
  movw $512, %cx
  rep movsb
  ljmp $0, $moved
moved:
  sti
  movb %dl, drive
fill:
  movb $0x87, %ah           # copy a block beyond the first megabyte
  movw $0x8000, %cx         # words
  movw $table, %si
  int $0x15
  incb middle
  jnz fill
  incb high
  cmpb $2, high
  jne fill
  movw $packet, %si
  movb drive, %dl
  movb $0x42, %ah           # read sectors
  int $0x13
  movb drive, %dl
  ljmp $0, $0x7c00
drive: .byte 0
.balign 4
packet:                     # one sector from sector 2 to 0x7c00
  .byte 16, 0
  .word 1, 0x7c00, 0
  .quad 2
table:                      # two descriptors are the firmware's own, then: from 0xf0000, to here, two more
  .quad 0, 0
  .word 0xffff, 0x0000
  .byte 0x0f, 0x93, 0, 0
  .word 0xffff, 0x0000
middle: .byte 0x10
  .byte 0x93, 0
high: .byte 0
  .quad 0, 0
.org 510
.word 0xaa55
