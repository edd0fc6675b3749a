package serve

import "github.com/gin-gonic/gin"

// Quiet turns off what Gin prints about routes and modes. It sets a switch of
// the whole process, so a program's main calls it and nothing else does.
func Quiet() { gin.SetMode(gin.ReleaseMode) }
