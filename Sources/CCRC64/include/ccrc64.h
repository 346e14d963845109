#ifndef CCRC64_H
#define CCRC64_H
#endif
