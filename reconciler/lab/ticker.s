# The smallest guest that shows whether it lives: a boot sector for a PC's firmware. It counts at every
# second tick of the clock, 110 ms; writes "tick N" to its serial port and to the next sector of its disk.
# as --32 ticker.s -o ticker.o && ld -m elf_i386 -e start -Ttext 0x7c00 --oformat binary -o ticker ticker.o
.code16
.globl start
start:
  xorw %ax, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movw $0x7c00, %sp
  movb %dl, drive
  sti
  cld
  movw $ready, %si
  call say
next:
  incl count
  movw $0x8000, %di         # the line is made here, as this sector is to be on the disk
  pushw %di
  movw $tick, %si
  movw $5, %cx
  rep movsb
  movl count, %eax
  movl $10, %ebx
  xorw %cx, %cx
digit:
  xorl %edx, %edx
  divl %ebx
  addb $'0', %dl
  pushw %dx
  incw %cx
  testl %eax, %eax
  jnz digit
put:
  popw %ax
  stosb
  loop put
  movl $0x0a0d, %eax        # end of line, and two zeros that end the text
  stosl
  popw %si
  call say
  movw $packet, %si
  movb drive, %dl
  movw $0x4300, %ax         # write sectors
  int $0x13
  movw 0x46c, %bx           # the firmware counts 18.2 ticks a second here
wait:
  hlt
  movw 0x46c, %ax
  subw %bx, %ax
  cmpw $2, %ax
  jb wait
  jmp next
say:
  lodsb
  testb %al, %al
  jz said
  movb $1, %ah              # send to the first serial port
  xorw %dx, %dx
  int $0x14
  jmp say
said:
  ret
count: .long 0
drive: .byte 0
ready: .asciz "ticker is ready\r\n"
tick: .ascii "tick "
.balign 4
packet:                     # one sector from 0x8000 to sector 1
  .byte 16, 0
  .word 1, 0x8000, 0
  .quad 1
.org 510
.word 0xaa55
