#include "demo/command.h"

int main(int count, char** words) { return ringback::demo::demo_program().run({words + 1, words + count}); }
